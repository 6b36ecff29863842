// Documents are made all over the command.
@_exported import JSON
