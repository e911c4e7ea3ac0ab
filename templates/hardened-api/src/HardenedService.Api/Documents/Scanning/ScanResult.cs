namespace HardenedService.Api.Documents.Scanning;

/// <summary>What the virus scanner says of a file.</summary>
/// <param name="Status">Clean, infected, or unscannable: then it will not be able to tell next time either.</param>
/// <param name="Signature">What it found, in the scanner's words, which are a stranger's. Null if it found nothing.</param>
internal sealed record ScanResult(DocumentStatus Status, string? Signature = null);
