using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Tests;

public sealed class KafkaOptionsTests
{
    private readonly BrokerOptions _broker = new();

    [Fact]
    public void What_the_broker_was_not_told_leaves_the_defaults()
    {
        var options = new KafkaOptions();
        options.Take(_broker);
        var untouched = new KafkaOptions();
        foreach (var property in typeof(KafkaOptions).GetProperties())
            Assert.Equal(property.GetValue(untouched), property.GetValue(options));
        Assert.Equal((1000, 2000, 524_288, 100),
            (options.MaxFetchSessions, options.MaxDescribedPartitions, options.MaxAuthenticationBytes,
                (int)options.FailedAuthenticationDelay.TotalMilliseconds));
        Assert.Null(options.MaxSession);
        options.Validate();
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("9223372036854775807")]
    public void Connections_may_be_idle_for_ever(string value)
    {
        Set("connections.max.idle.ms", value);
        var options = new KafkaOptions();
        options.Take(_broker);
        Assert.Equal(TimeSpan.MaxValue, options.MaxIdle);
        options.Validate();
    }

    [Fact]
    public void Settings_under_Kafkas_names_are_in_force()
    {
        Set("max.incremental.fetch.session.cache.slots", "7");
        Set("max.request.partition.size.limit", "8");
        Set("sasl.server.max.receive.size", "9000");
        Set("connection.failed.authentication.delay.ms", "10");
        Set("connections.max.reauth.ms", "11");
        Set("connections.max.idle.ms", "1200");
        var options = new KafkaOptions();
        options.Take(_broker);
        Assert.Equal(TimeSpan.FromMilliseconds(1200), options.MaxIdle);
        Assert.Equal((7, 8, 9000), (options.MaxFetchSessions, options.MaxDescribedPartitions, options.MaxAuthenticationBytes));
        Assert.Equal(
            (10, 11), ((int)options.FailedAuthenticationDelay.TotalMilliseconds, (int)options.MaxSession!.Value.TotalMilliseconds));
        options.Validate();
    }

    [Theory]
    [InlineData("0", null)]
    [InlineData("-5", null)]
    [InlineData("9223372036854775807", 10_675_199)]
    public void A_session_may_have_no_end_or_one_that_nobody_lives_to_see(string value, int? days)
    {
        Set("connections.max.reauth.ms", value);
        var options = new KafkaOptions();
        options.Take(_broker);
        Assert.Equal(days, (int?)options.MaxSession?.TotalDays);
        options.Validate();
    }

    // What Apache Kafka 4.3 says to each: "Value must be at least 0", "Not a number of type INT", "Value must be at least 1".
    [Theory]
    [InlineData("max.incremental.fetch.session.cache.slots", "-1", "it must be 0 to 2147483647.")]
    [InlineData("max.incremental.fetch.session.cache.slots", "2147483648", "it must be 0 to 2147483647.")]
    [InlineData("max.incremental.fetch.session.cache.slots", "x", "it must be 0 to 2147483647.")]
    [InlineData("max.request.partition.size.limit", "0", "it must be 1 to 2147483647.")]
    [InlineData("connection.failed.authentication.delay.ms", "-1", "it must be 0 to 29999.")]
    [InlineData("connections.max.reauth.ms", "soon", "it must be a 64-bit integer.")]
    [InlineData("sasl.server.max.receive.size", "1023", "it must be 1024 to 104857600.")]
    public void What_Kafka_refuses_is_refused(string name, string value, string limit)
    {
        Assert.False(BrokerSettings.TryApply(_broker, name, value, out var error));
        Assert.Equal($"{name} is '{value}'; {limit}", error);
    }

    [Theory]
    [InlineData("0", false, false)]
    [InlineData("1", true, false)]
    [InlineData("2", true, true)]
    public async Task As_many_fetch_sessions_are_kept_as_the_setting_says(string slots, bool first, bool second)
    {
        Set("max.incremental.fetch.session.cache.slots", slots);
        await using var host = await KafkaHost.StartAsync(o => o.Take(_broker));
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        Assert.Equal(first, await OpensAsync(client));
        Assert.Equal(second, await OpensAsync(client));
    }

    [Fact]
    public async Task Settings_of_this_face_are_told_among_the_brokers()
    {
        await using var host = await KafkaHost.StartAsync(
            broker: static b => Assert.True(BrokerSettings.TryApply(b, "max.incremental.fetch.session.cache.slots", "7", out _)));
        using var client = await host.ConnectAsync();
        var request = new DescribeConfigsRequest
        {
            Resources = [new()
            {
                ResourceType = 4,
                ResourceName = $"{host.Broker.BrokerId}",
                ConfigurationKeys = ["max.incremental.fetch.session.cache.slots", "connections.max.reauth.ms"]
            }]
        };
        var told = (await client.AskAsync<DescribeConfigsResponse>(request, 4)).Results[0].Configs;
        Assert.Equal([("max.incremental.fetch.session.cache.slots", "7"), ("connections.max.reauth.ms", "0")],
            told.Select(static c => (c.Name, c.Value!)));
    }

    private static async Task<bool> OpensAsync(WireClient client)
    {
        var request = Ask.Fetch("t", 0, 0);
        request.SessionEpoch = 0;
        var answer = await client.AskAsync<FetchResponse>(request, 11);
        Assert.Equal(0, answer.ErrorCode);
        return answer.SessionId != 0;
    }

    private void Set(string name, string value) => Assert.True(BrokerSettings.TryApply(_broker, name, value, out var error), error);
}
