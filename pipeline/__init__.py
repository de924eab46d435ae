"""What happens when: stages, schedule, workers, the command line."""
