using System.Net;
using CloudStream.Kafka.Tests.ErrorCases;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Kafka.Users;

namespace CloudStream.Kafka.Tests.Security;

/// <summary>CloudStream with the users and sessions that Apache Kafka's ports have.</summary>
public sealed class SaslBrokers : IAsyncLifetime
{
    private readonly Dictionary<KafkaPort, KafkaHost> _hosts = [];

    internal static KafkaUsers Users =>
        KafkaUsers.Parse(["# two users", "", "alice:alice-secret", $"bob:{PasswordHash.Of("bob-secret", 1000)}"], "users");

    public async ValueTask InitializeAsync()
    {
        _hosts[KafkaPort.Open] = await KafkaHost.StartAsync();
        _hosts[KafkaPort.Users] = await StartAsync(null);
        _hosts[KafkaPort.Sessions] = await StartAsync(TimeSpan.FromHours(1));
        _hosts[KafkaPort.ShortSessions] = await StartAsync(TimeSpan.FromMilliseconds(1));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Values)
            await host.DisposeAsync();
    }

    internal IPEndPoint EndOf(KafkaPort port) => _hosts[port].EndPoint;

    private static Task<KafkaHost> StartAsync(TimeSpan? session) => KafkaHost.StartAsync(o =>
    {
        o.Users = Users;
        o.MaxSession = session;
        o.FailedAuthenticationDelay = TimeSpan.Zero;
    });
}
