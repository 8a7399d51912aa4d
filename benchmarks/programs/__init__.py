"""What runs beside the bench in processes of its own, each on one core: servers, and clients that measure themselves."""
