"""Line displays."""
