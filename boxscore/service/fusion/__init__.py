"""The routes of SandboxFusion in its own shapes, for trainers that call it: verl, SkyRL and what is made of them."""
