using System.Net;
using System.Text;
using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Groups;

/// <summary>Where requests about a group go.</summary>
public sealed class CoordinatorTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_go_to_the_broker_that_is_named_and_stay_with_it()
    {
        using var brokers = new TwoBrokers { Coordinator = "b" };
        using var client = brokers.NewClient();

        await client.Admin.ListGroupOffsetsAsync("g", Token);
        await client.Admin.ListGroupOffsetsAsync("g", Token);
        await client.Admin.ListGroupOffsetsAsync("h", Token);

        Assert.Equal(["a g", "b g", "b g", "a h", "b h"], brokers.Requests);
    }

    [Fact]
    public async Task They_follow_a_coordinator_that_moves_or_goes_away()
    {
        using var brokers = new TwoBrokers { Coordinator = "b" };
        using var client = brokers.NewClient();
        await client.Admin.ListGroupOffsetsAsync("g", Token);

        brokers.Coordinator = "a";
        await client.Admin.ListGroupOffsetsAsync("g", Token);
        brokers.Coordinator = "b";
        await client.Admin.ListGroupOffsetsAsync("g", Token);
        (brokers.Away, brokers.Coordinator) = ("b", "a");
        await client.Admin.ListGroupOffsetsAsync("g", Token);

        Assert.Equal(["a g", "b g", "b g", "a g", "a g", "b g", "b g", "a g"], brokers.Requests);
    }

    /// <summary>Two brokers, of which one coordinates all groups.</summary>
    private sealed class TwoBrokers : HttpMessageHandler
    {
        public List<string> Requests { get; } = [];

        public required string Coordinator { get; set; }

        public string? Away { get; set; }

        public CloudStreamClient NewClient() =>
            new(new CloudStreamClientOptions
            {
                Server = new Uri("http://a:1"),
                Handler = this,
                RetryBackoff = TimeSpan.FromMilliseconds(1)
            });

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var host = request.RequestUri!.Host;
            Requests.Add($"{host} {request.RequestUri.Segments[3].TrimEnd('/')}");
            if (host == Away)
                throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
            return Task.FromResult(host == Coordinator
                ? new HttpResponseMessage(HttpStatusCode.OK)
                {
                    Content = new StringContent("""{"offsets":[]}""", Encoding.UTF8, "application/json")
                }
                : FakeBroker.Problem(307, "not-coordinator", null, $$""","coordinator":{"id":7,"url":"http://{{Coordinator}}:1"}"""));
        }
    }
}
