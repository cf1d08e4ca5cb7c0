"""The bootable image of a device, and the virtual hardware lab that drivers are tried in."""
