session_seconds = 43200
