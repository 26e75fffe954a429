using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using CloudStream.Cli.Tests.Processes;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>A broker on a small file system of its own that it fills: it says so, starts again on it, and clears it by retention.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const int MaxRecords = 1000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly byte[] s_value = new byte[500_000];
    private readonly TemporaryFolder _folder = new();
    private bool _isMounted;

    [Fact]
    public async Task ABrokerThatFilledItsDiskStartsAgainAndClearsItByRetention()
    {
        Assert.SkipUnless(_isMounted, "A file system of its own takes root on Linux (mount -t tmpfs).");
        int port = ServeProcess.FreePort();
        string[] arguments = ["serve", "--data", _folder.Combine("disk/data"), "--http", $"127.0.0.1:{port}", "--kafka", "127.0.0.1:0",
            "--set", "log.retention.check.interval.ms=200", "--set", "cloudstream.trash.grace.ms=1000"];
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        int acknowledged = 0;
        await using (ServeProcess filling = ServeProcess.StartRaw(_folder.Path, client.BaseAddress, arguments))
        {
            await filling.PrintedLineAsync("ready");
            await SendAsync(client, HttpMethod.Post, "/v1/topics", """{"name":"t","partitions":1}""");
            (HttpStatusCode Status, string Text) answer;
            while ((answer = await ProduceAsync(client)).Status == HttpStatusCode.OK)
                Assert.True(++acknowledged < MaxRecords, "the disk does not fill");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            Assert.Contains("Not writable: the disk is full.", answer.Text, StringComparison.Ordinal);
            // The room that is left is for what makes room, and not for records that would need no object.
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ProduceAsync(client, "small"u8.ToArray())).Status);
            using HttpResponseMessage ready = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("the disk is full", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            filling.Kill();
            await filling.WaitForExitAsync();
        }

        await using ServeProcess serve = ServeProcess.StartRaw(_folder.Path, client.BaseAddress, arguments);
        await serve.PrintedLineAsync("ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ProduceAsync(client)).Status);
        await SendAsync(client, HttpMethod.Patch, "/v1/topics/t", """{"config":{"retention.bytes":"4000000"}}""");
        await Eventually.TrueAsync(
            async () => (await ProduceAsync(client)).Status == HttpStatusCode.OK, Limit, () => $"nothing is taken again: {serve.Printed}");
        Assert.Equal(HttpStatusCode.OK, (await ProduceAsync(client)).Status);
        (await client.GetAsync(new Uri("/readyz", UriKind.Relative))).EnsureSuccessStatusCode();

        using JsonDocument end = JsonDocument.Parse(await SendAsync(client, HttpMethod.Get, "/v1/topics/t/partitions/0/offsets?at=latest"));
        Assert.Equal(acknowledged + 2, end.RootElement.GetProperty("offset").GetInt64());
        Assert.Single(serve.Printed.Split('\n'), l => l.Contains("Trouble (not-writable)", StringComparison.Ordinal));
        Assert.Equal(0, await serve.TerminateAsync());
    }

    [Fact]
    public async Task AStartOnAFullDiskSaysSoAndMakesNoFolder()
    {
        Assert.SkipUnless(_isMounted, "A file system of its own takes root on Linux (mount -t tmpfs).");
        using (SafeFileHandle fill = File.OpenHandle(_folder.Combine("disk/fill"), FileMode.CreateNew, FileAccess.Write))
        {
            Assert.Throws<IOException>(() => Fill(fill)); // As much as there is room for.
        }

        ProcessOutcome start = await CloudStreamProcess.RunAsync(
            null, "serve", "--data", _folder.Combine("disk/parent/data"), "--http", $"127.0.0.1:{ServeProcess.FreePort()}",
            "--kafka", "127.0.0.1:0");

        Assert.Equal(1, start.ExitCode);
        Assert.Contains("the disk is full", start.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(_folder.Combine("disk")));
    }

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder.Combine("disk"));
        _isMounted = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess
            && await RunAsync("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", _folder.Combine("disk"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
            await RunAsync("umount", "--lazy", _folder.Combine("disk"));
        _folder.Dispose();
    }

    private static void Fill(SafeFileHandle file)
    {
        for (long end = 0; ; end += s_value.Length)
            RandomAccess.Write(file, s_value, end);
    }

    private static async Task<(HttpStatusCode Status, string Text)> ProduceAsync(HttpClient client, byte[]? bytes = null)
    {
        using var value = new ByteArrayContent(bytes ?? s_value);
        value.Headers.ContentType = new("application/octet-stream");
        using HttpResponseMessage answer = await client.PostAsync(new Uri("/v1/topics/t/records", UriKind.Relative), value);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string> SendAsync(HttpClient client, HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    private static async Task<bool> RunAsync(string tool, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such tool.
        }
    }
}
