"""What goes out by e-mail: drafts, invitations, reminders, sending, and who was sent what."""
