"""What the API shows of each noun: the fields that go out, and their documentation."""
