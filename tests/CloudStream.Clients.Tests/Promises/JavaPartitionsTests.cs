using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using CloudStream.Clients.Tests.Broker;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Promises;

/// <summary>The partitions in <c>java-partitions.tsv</c>: the Java client's own, and those of records that come by HTTP.</summary>
public sealed class JavaPartitionsTests(BrokerUnderTest broker)
{
    private static readonly string Folder = Path.Combine(ClientProgram.Folder, "promises");
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Folder, "java-partitions.tsv"));

    [Fact]
    public async Task TheFileIsWhatTheJavaClientComputes()
    {
        string? kafka = Environment.GetEnvironmentVariable("KAFKA_HOME");
        Assert.SkipWhen(string.IsNullOrEmpty(kafka), "KAFKA_HOME is not set");
        Assert.SkipUnless(File.Exists("/usr/bin/javac"), "no Java compiler");
        using Process java = Process.Start(
            new ProcessStartInfo("java", ["-cp", $"{kafka}/libs/*", Path.Combine(Folder, "JavaPartitions.java")])
            {
                RedirectStandardOutput = true
            })!;
        string printed = await java.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await java.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, java.ExitCode);
        Assert.Equal(Lines, printed.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 6)]
    [InlineData(4, 50)]
    public async Task RecordsThatComeByHttpTakeThem(int column, int partitions)
    {
        Assert.SkipWhen(broker.Http is null, "no broker with an HTTP API here");
        using var http = new HttpClient { BaseAddress = broker.Http };
        string topic = $"java-partitions-{partitions}";
        (await http.PostAsJsonAsync(new Uri("/v1/topics", UriKind.Relative), new { name = topic, partitions })).EnsureSuccessStatusCode();
        string[][] rows = [.. Lines.Skip(1).Select(l => l.Split('\t'))];
        var records = rows.Select(r => new { keyBase64 = Convert.ToBase64String(Convert.FromHexString(r[0])), value = "v" });
        HttpResponseMessage answer = await http.PostAsJsonAsync(new Uri($"/v1/topics/{topic}/records", UriKind.Relative), new { records });
        JsonElement results = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("results");
        Assert.Equal(rows.Select(r => int.Parse(r[column], CultureInfo.InvariantCulture)),
            results.EnumerateArray().Select(r => r.GetProperty("partition").GetInt32()));
    }
}
