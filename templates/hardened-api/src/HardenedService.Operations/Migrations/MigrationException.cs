namespace HardenedService.Operations.Migrations;

/// <summary>The schema could not be brought where it was asked to go; the message says why, in lines fit for the console.</summary>
internal sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
