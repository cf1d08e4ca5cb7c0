"""The product's main job on one machine: broker, headquarters, agent, lane and simulated devices."""
