using System.Buffers;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Security;
using CloudStream.Kafka.Tests.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace CloudStream.Kafka.Tests.Security;

public sealed class AuthenticationTests
{
    private static readonly ReadOnlySequence<byte> s_metadata = Frame(ApiKey.Metadata);
    private static readonly ReadOnlySequence<byte> s_handshake = Frame(ApiKey.SaslHandshake);

    private readonly FakeTimeProvider _time = new();
    private readonly KafkaOptions _options = new()
    {
        MaxSession = TimeSpan.FromSeconds(60),
        MaxAuthentication = TimeSpan.FromSeconds(30),
        FailedAuthenticationDelay = TimeSpan.Zero
    };

    [Fact]
    public async Task A_session_lasts_as_long_as_it_was_said_and_a_handshake_is_taken_after_its_end()
    {
        var authentication = await ThroughAsync();
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(Admission.Request, authentication.Admit(s_metadata));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(Admission.Expired, authentication.Admit(s_metadata));

        Assert.Equal(Admission.Request, authentication.Admit(s_handshake));
        Assert.Equal(KafkaError.None, await authentication.HandshakeAsync("PLAIN", 1));
        Assert.Equal(Admission.OutOfTurn, authentication.Admit(s_metadata));
        Assert.Null(await authentication.ProveAsync(SaslClient.Plain("alice", "alice-secret")));
        Assert.Equal(Admission.Request, authentication.Admit(s_metadata));
        Assert.Equal("User:alice", $"{authentication.Principal}");
    }

    [Fact]
    public async Task A_handshake_within_a_second_of_another_does_not_save_a_session_that_is_over()
    {
        _options.MaxSession = TimeSpan.FromMilliseconds(1);
        var authentication = await ThroughAsync();
        Assert.Equal(Admission.Request, authentication.Admit(s_handshake));
        await authentication.HandshakeAsync("PLAIN", 1);
        await authentication.ProveAsync(SaslClient.Plain("alice", "alice-secret"));
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(Admission.Expired, authentication.Admit(s_handshake));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Admission.Request, authentication.Admit(s_handshake));
    }

    [Fact]
    public async Task A_session_without_an_end_has_none()
    {
        _options.MaxSession = null;
        var authentication = await ThroughAsync();
        _time.Advance(TimeSpan.FromDays(1000));
        Assert.Equal(Admission.Request, authentication.Admit(s_metadata));
        Assert.False(authentication.IsOverdue);
    }

    [Fact]
    public async Task Only_who_was_never_through_is_overdue()
    {
        var authentication = new Authentication(_options, SaslBrokers.Users, _time, CancellationToken.None);
        Assert.Equal("User:ANONYMOUS", $"{authentication.Principal}");
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(authentication.IsOverdue);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(authentication.IsOverdue);

        authentication = await ThroughAsync();
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.False(authentication.IsOverdue);
        Assert.Equal(Admission.Request, authentication.Admit(s_handshake));
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.False(authentication.IsOverdue);
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_cut_off()
    {
        await using var host = await KafkaHost.StartAsync(o =>
        {
            o.Users = SaslBrokers.Users;
            (o.FailedAuthenticationDelay, o.MaxAuthentication) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        });
        using var client = await host.ConnectAsync();
        Assert.True(await client.IsClosedAsync());
        await host.CutAsync("authentication");
    }

    [Fact]
    public async Task With_TLS_it_is_the_same()
    {
        using var certificates = new TestCertificates();
        await using var host = await KafkaHost.StartAsync(o => o.Users = SaslBrokers.Users, tls: certificates.Options);
        using (var right = new SaslClient(await WireClient.ConnectAsync(host.EndPoint, certificates.Judge)))
        {
            Assert.Equal("0 PLAIN", await right.HandshakeAsync(1));
            Assert.Equal("0", await right.AuthenticateAsync("alice", "alice-secret"));
            Assert.Equal("1 broker", await right.MetadataAsync());
        }

        using var wrong = new SaslClient(await WireClient.ConnectAsync(host.EndPoint, certificates.Judge));
        Assert.Equal("0 PLAIN", await wrong.HandshakeAsync(1));
        Assert.Equal("58 Authentication failed: Invalid username or password", await wrong.AuthenticateAsync("alice", "x"));
        Assert.Equal("closed", await wrong.EndAsync());
    }

    [Fact]
    public async Task Everything_may_be_sent_at_once_without_waiting_for_answers()
    {
        await using var host = await KafkaHost.StartAsync(o => o.Users = SaslBrokers.Users);
        using var client = await host.ConnectAsync();
        await client.SendAsync((byte[])
        [
            .. client.Frame(new ApiVersionsRequest(), 0),
            .. client.Frame(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1),
            .. client.Frame(new SaslAuthenticateRequest { AuthBytes = SaslClient.Plain("bob", "bob-secret") }, 1),
            .. client.Frame(new MetadataRequest(), 1),
        ]);
        Assert.Equal(0, (await client.ReceiveAsync<ApiVersionsResponse>(0)).Response.ErrorCode);
        Assert.Equal(0, (await client.ReceiveAsync<SaslHandshakeResponse>(1)).Response.ErrorCode);
        Assert.Equal(0, (await client.ReceiveAsync<SaslAuthenticateResponse>(1)).Response.ErrorCode);
        Assert.Single((await client.ReceiveAsync<MetadataResponse>(1)).Response.Brokers);
    }

    [Fact]
    public async Task What_follows_a_wrong_password_is_not_done()
    {
        await using var host = await KafkaHost.StartAsync(o => o.Users = SaslBrokers.Users);
        using (var client = await host.ConnectAsync())
        {
            await client.SendAsync((byte[])
            [
                .. client.Frame(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1),
                .. client.Frame(new SaslAuthenticateRequest { AuthBytes = SaslClient.Plain("bob", "x") }, 1),
                .. client.Frame(Ask.CreateTopic("t"), 5),
            ]);
            Assert.Equal(0, (await client.ReceiveAsync<SaslHandshakeResponse>(1)).Response.ErrorCode);
            Assert.Equal(58, (await client.ReceiveAsync<SaslAuthenticateResponse>(1)).Response.ErrorCode);
            Assert.True(await client.IsClosedAsync());
        }

        Assert.Null(await host.Broker.FindTopicAsync("t", CancellationToken.None));
    }

    private async Task<Authentication> ThroughAsync()
    {
        var authentication = new Authentication(_options, SaslBrokers.Users, _time, CancellationToken.None);
        Assert.Equal(KafkaError.None, await authentication.HandshakeAsync("PLAIN", 1));
        Assert.Null(await authentication.ProveAsync(SaslClient.Plain("alice", "alice-secret")));
        return authentication;
    }

    private static ReadOnlySequence<byte> Frame(ApiKey api) => new([0, (byte)api, 0, 1]);
}
