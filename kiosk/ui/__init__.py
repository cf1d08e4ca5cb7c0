"""The Kivy side of a lane: shows the presenter's model and reports presses, and knows nothing of selling."""
