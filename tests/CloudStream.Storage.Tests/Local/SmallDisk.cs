using System.Diagnostics;

namespace CloudStream.Storage.Tests.Local;

/// <summary>
/// A real file system of a few MiB in memory, mounted for one test. Needs root; where that is not to be had the test is skipped and says
/// why.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cloudstream-disk-");

    public SmallDisk(int mebibytes)
    {
        if (Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", Path) is { } why)
        {
            _folder.Delete();
            Assert.Skip($"No file system can be mounted here: {why}");
        }
    }

    public string Path => _folder.FullName;

    /// <summary>Uses up what is free but for <paramref name="leave"/> bytes.</summary>
    public void Fill(long leave = 0)
    {
        var free = new DriveInfo(Path).AvailableFreeSpace - leave;
        if (free > 0)
            File.OpenHandle(File_("filler"), FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None, free).Dispose();
    }

    /// <summary>Gives back what <see cref="Fill"/> took.</summary>
    public void Empty() => File.Delete(File_("filler"));

    public string File_(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        Run("umount", "-l", Path);
        _folder.Delete(recursive: true);
    }

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
