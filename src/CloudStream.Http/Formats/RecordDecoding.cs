using CloudStream.Records;

namespace CloudStream.Http.Formats;

/// <summary>How stored batches are decoded for readers of single records.</summary>
internal static class RecordDecoding
{
    /// <summary>
    /// For readers that keep the records of several batches. The engine has compared the CRC when the batch came in and when it was read.
    /// </summary>
    public static readonly RecordReaderOptions Options = new() { VerifyCrc = false, MaxDecompressedBytes = 128 * 1024 * 1024 };

    /// <summary>For readers that send a record before they read the next.</summary>
    public static readonly RecordReaderOptions Passing = Options with { ReleasePassedBatches = true };
}
