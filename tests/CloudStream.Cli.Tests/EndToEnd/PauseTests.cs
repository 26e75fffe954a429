using System.Net;
using System.Text;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>A real broker that is stopped for longer than a request has time, and goes on.</summary>
public sealed class PauseTests
{
    [Fact]
    public async Task WhoWaitsForABrokerThatWakesUpIsToldWhatHappened()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using ServeProcess serve = await ServeProcess.StartAsync(
            folder.Combine("data"), 0, "--set", "cloudstream.flush.interval.ms=5000", "--set", "cloudstream.request.timeout.ms=10000");
        using var client = new HttpClient { BaseAddress = serve.Address };
        using (HttpResponseMessage first = await ProduceAsync(client, "a"))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);

        // It waits for the next flush, and its broker is stopped meanwhile.
        Task<HttpResponseMessage> waiting = ProduceAsync(client, "b");
        await Eventually.TrueAsync(
            async () => (await client.GetStringAsync("/metrics", token)).Contains("cloudstream_appends_total 2", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60),
            () => $"the second append did not arrive: {serve.Printed}");
        serve.Freeze();
        await Eventually.PassedAsync(TimeSpan.FromSeconds(11), token);
        serve.Thaw();

        using HttpResponseMessage answer = await waiting;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"offset\":1", await answer.Content.ReadAsStringAsync(token), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> ProduceAsync(HttpClient client, string value) =>
        client.PostAsync("/v1/topics/t/records",
            new StringContent($$"""{"partition":0,"value":"{{value}}"}""", Encoding.UTF8, "application/json"));
}
