using CloudStream.Cli.Tests.Processes;
using CloudStream.Storage.Local;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Cli.Tests.Verify;

/// <summary>A data folder that no broker is using, and what may happen to one.</summary>
internal sealed class DamagedFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DamagedFolder(string original) => Copy(original, Data);

    public string Data => _folder.Combine("data");

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs verify and expects that it says so by its exit code.</summary>
    public async Task<ProcessOutcome> VerifyAsync(int exitCode, params string[] more)
    {
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, ["verify", "--data", Data, .. more]);
        Assert.True(outcome.ExitCode == exitCode, $"exit code {outcome.ExitCode}: {outcome.Error}{outcome.Output}");
        return outcome;
    }

    /// <summary>Flips a bit of the byte at a distance from where these bytes begin in some file of objects.</summary>
    public void Flip(ReadOnlySpan<byte> bytes, int distance = 0)
    {
        (string path, byte[] file, int position) = Find(bytes);
        file[position + distance] ^= 1;
        File.WriteAllBytes(path, file);
    }

    /// <summary>Flips a bit of the last byte of the directory of the segment object in which these bytes lie.</summary>
    public void FlipDirectoryBehind(ReadOnlySpan<byte> bytes)
    {
        (string path, byte[] file, int position) = Find(bytes);
        int endOfTrailer = position + file.AsSpan(position).IndexOf("GSSC"u8) + 4;
        file[endOfTrailer - 32 - 1] ^= 1;
        File.WriteAllBytes(path, file);
    }

    /// <summary>Cuts off the file of objects in which these bytes lie.</summary>
    public void CutAt(ReadOnlySpan<byte> bytes)
    {
        (string path, byte[] file, int position) = Find(bytes);
        File.WriteAllBytes(path, file[..(position + 1)]);
    }

    /// <summary>Deletes the objects of this kind.</summary>
    public async Task<string[]> DeleteObjectsAsync(ObjectKind kind)
    {
        using LocalStores stores = LocalStores.Open(Data, new LocalStoreOptions { KeepReserve = false });
        string[] names = await stores.Objects.ListAsync("", TestContext.Current.CancellationToken)
            .Select(o => o.Name)
            .Where(n => n.Contains($"/{(char)kind}-", StringComparison.Ordinal))
            .ToArrayAsync(TestContext.Current.CancellationToken);
        await stores.Objects.DeleteAsync(names, TestContext.Current.CancellationToken);
        return names;
    }

    /// <summary>Deletes a register, or all of a family.</summary>
    public async Task DeleteRegisterAsync(string key)
    {
        using LocalStores stores = LocalStores.Open(Data, new LocalStoreOptions { KeepReserve = false });
        await foreach (Register register in stores.Metadata.ListAsync(key, TestContext.Current.CancellationToken))
            await stores.Metadata.DeleteAsync(register.Key, register.Version, TestContext.Current.CancellationToken);
    }

    private (string Path, byte[] File, int Position) Find(ReadOnlySpan<byte> bytes)
    {
        foreach (string path in Directory.EnumerateFiles(Path.Combine(Data, "objects"), "*", SearchOption.AllDirectories))
        {
            byte[] file = File.ReadAllBytes(path);
            if (file.AsSpan().IndexOf(bytes) is >= 0 and var position)
                return (path, file, position);
        }

        throw new InvalidOperationException("no file of objects holds these bytes");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.EnumerateDirectories(from))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        foreach (string file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
