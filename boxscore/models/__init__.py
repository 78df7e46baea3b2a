"""Ask models for answers: any provider's, a file's, a program's; what each answer cost is part of it."""
