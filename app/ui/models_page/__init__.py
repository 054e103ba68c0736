"""The Models page: it takes the place of the conversation, with a tab for each thing that is done with models."""
