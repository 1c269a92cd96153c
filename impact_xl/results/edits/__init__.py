"""What people typed into a consolidated workbook: found, compared and carried over."""
