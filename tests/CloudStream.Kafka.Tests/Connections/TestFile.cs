using CloudStream.Storage.Objects;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Kafka.Tests.Connections;

/// <summary>A part of a file that is gone with the test.</summary>
internal sealed class TestFile : ObjectFile
{
    private TestFile(SafeFileHandle file, long start, byte[] bytes)
        : base(file, start, bytes.Length) => Bytes = bytes;

    public byte[] Bytes { get; }

    public bool IsGone { get; set; }

    public override bool IsThere => !IsGone;

    public static TestFile Create(int length, int start)
    {
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        var file = File.OpenHandle(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None,
            FileOptions.DeleteOnClose);
        RandomAccess.Write(file, bytes, start);
        return new TestFile(file, start, bytes);
    }

    public override ValueTask<bool> TryScanAsync(IFileScan scan, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public override ValueTask PrepareAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Handle.Dispose();
    }
}
