using System.Diagnostics;
using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests.Compression;

/// <summary>The tests of this project once more, in a process that has the system's libraries set aside.</summary>
public sealed class ManagedRunTests
{
    private const string Inner = "CLOUDSTREAM_TEST_INNER";

    [Fact]
    public void The_switch_decides_which_codecs_there_are()
    {
        var isManaged = Environment.GetEnvironmentVariable(NativeCodecLibrary.Variable) == "managed";
        foreach (var (type, library) in (Span<(CompressionType, NativeCodecLibrary)>)
            [(CompressionType.Lz4, NativeCodecLibrary.Lz4), (CompressionType.Zstd, NativeCodecLibrary.Zstd)])
        {
            Assert.Equal(
                isManaged || !library.IsPresent ? "managed" : library.FileName, CompressionCodec.For(type).Implementation);
        }

        Assert.False(new NativeCodecLibrary("libnot-here.so.9").IsInUse);
    }

    [Fact]
    public async Task Every_test_of_this_project_passes_with_managed_codecs()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Inner) is not null, "This is the run with managed codecs.");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(ManagedRunTests).Assembly.Location);
        start.ArgumentList.Add("-class-");
        start.ArgumentList.Add(typeof(CodecPairTests).FullName!);
        start.Environment[NativeCodecLibrary.Variable] = "managed";
        start.Environment[Inner] = "1";

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, output + await error);
        Assert.Matches(@"Total: [1-9]\d\d", output);
    }
}
