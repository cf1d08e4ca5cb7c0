"""What the lane costs, each figure beside a named peer or limit measured in the same run; never a timed test."""
