"""Ask models for answers: any provider's, or a file's; what each answer cost is part of it."""
