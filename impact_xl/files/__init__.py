"""Files that people keep beside the workbooks: lists of theirs, and folders of ours."""
