using CloudStream.Kafka.Tests.ErrorCases;
using static CloudStream.Kafka.Tests.Security.SaslClient;

namespace CloudStream.Kafka.Tests.Security;

/// <summary>Authentication by SASL PLAIN, step by step.</summary>
internal static class SaslCases
{
    private const string Wrong = "58 Authentication failed: Invalid username or password";
    private const string Late = "34 SaslAuthenticate request received after successful authentication";
    private const string Unsent = "no client sends it, and the answers of all APIs would have to be made for it";

    private static readonly byte[] s_alice = Plain("alice", "alice-secret");

    public static SaslCase[] All { get; } = [.. Open(), .. Through(), .. Refused(), .. Order(), .. Limits(), .. Again()];

    private static IEnumerable<SaslCase> Open() =>
    [
        new(KafkaPort.Open, "without users SaslHandshake is out of turn", "34; 34; 34; 1 broker", static c => c.HandshakeAsync(0),
            static c => c.HandshakeAsync(1), static c => c.HandshakeAsync(1, "OTHER"), static c => c.MetadataAsync()),
        new(KafkaPort.Open, "without users SaslAuthenticate is out of turn", $"{Late}; {Late}; {Late}; 1 broker",
            static c => c.AuthenticateAsync(0, s_alice), static c => c.AuthenticateAsync(1, s_alice),
            static c => c.AuthenticateAsync(2, s_alice), static c => c.MetadataAsync()),
    ];

    private static IEnumerable<SaslCase> Through() =>
    [
        new(KafkaPort.Users, "the right password, version 0", "0 PLAIN; 0; 1 broker", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync(0, s_alice), static c => c.MetadataAsync()),
        new(KafkaPort.Users, "the right password, version 1", "0; 0 PLAIN; 0; 1 broker; 0", static c => c.VersionsAsync(),
            static c => c.HandshakeAsync(1), static c => c.AuthenticateAsync(1, s_alice), static c => c.MetadataAsync(),
            static c => c.VersionsAsync(3)),
        new(KafkaPort.Users, "the right password, version 2", "0; 0 PLAIN; 0; 1 broker", static c => c.VersionsAsync(3),
            static c => c.HandshakeAsync(1), static c => c.AuthenticateAsync(2, s_alice), static c => c.MetadataAsync()),
        new(KafkaPort.Users, "the right password as a bare token", "0; 0 PLAIN; token ''; 1 broker", static c => c.VersionsAsync(),
            static c => c.HandshakeAsync(0), static c => c.TokenAsync(s_alice), static c => c.MetadataAsync()),
        new(KafkaPort.Users, "another user's, whose password is hashed here", "0 PLAIN; 0; 1 broker", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync("bob", "bob-secret"), static c => c.MetadataAsync()),
        new(KafkaPort.Users, "acting for himself by name", "0 PLAIN; 0; 1 broker", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync(1, Plain("alice", "alice-secret", "alice")), static c => c.MetadataAsync()),
        new(KafkaPort.Users, "who is through needs no handshake", $"0 PLAIN; 0; 34; {Late}; 1 broker", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync(1, s_alice), static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync("bob", "bob-secret"), static c => c.MetadataAsync()),
    ];

    private static IEnumerable<SaslCase> Refused() =>
    [
        Fails("a wrong password", Wrong, Plain("alice", "x")),
        Fails("another user's password", Wrong, Plain("alice", "bob-secret")),
        Fails("a wrong password where it is hashed here", Wrong, Plain("bob", "alice-secret")),
        Fails("an unknown user", Wrong, Plain("carol", "alice-secret")),
        Fails("a user in other case", Wrong, Plain("Alice", "alice-secret")),
        Fails("bytes that are no UTF-8", Wrong, [0, 0xff, 0xfe, 0, (byte)'x']),
        Fails("acting for another", "58 Authentication failed: Client requested an authorization id that is different from username",
            Plain("alice", "alice-secret", "bob")),
        Fails("no name", "58 Authentication failed: username not specified", Plain("", "x")),
        Fails("no password", "58 Authentication failed: password not specified", Plain("alice", "")),
        Fails("an empty token", "58 Invalid SASL/PLAIN response: expected 3 tokens, got 1", []),
        Fails("two parts", "58 Invalid SASL/PLAIN response: expected 3 tokens, got 2", "alice\0alice-secret"u8.ToArray()),
        Fails("four parts", "58 Invalid SASL/PLAIN response: expected 3 tokens, got 4", "\0alice\0alice-secret\0"u8.ToArray()),
        new(KafkaPort.Users, "a wrong password, version 0", $"0 PLAIN; {Wrong}; closed", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync(0, Plain("alice", "x")), static c => c.EndAsync()),
        new(KafkaPort.Users, "a wrong password, version 2", $"0 PLAIN; {Wrong}; closed", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync(2, Plain("alice", "x")), static c => c.EndAsync()),
        new(KafkaPort.Users, "a wrong password as a bare token", "0 PLAIN; closed", static c => c.HandshakeAsync(0),
            static c => c.TokenAsync(Plain("alice", "x"))),
        new(KafkaPort.Users, "an empty bare token", "0 PLAIN; closed", static c => c.HandshakeAsync(0), static c => c.TokenAsync([])),
        new(KafkaPort.Users, "another mechanism, version 0", "33 PLAIN; closed", static c => c.HandshakeAsync(0, "SCRAM-SHA-256"),
            static c => c.EndAsync()),
        new(KafkaPort.Users, "another mechanism, version 1", "33 PLAIN; closed", static c => c.HandshakeAsync(1, "GSSAPI"),
            static c => c.EndAsync()),
        new(KafkaPort.Users, "the mechanism in other case", "33 PLAIN; closed", static c => c.HandshakeAsync(1, "plain"),
            static c => c.EndAsync()),
        new(KafkaPort.Users, "no mechanism", "33 PLAIN; closed", static c => c.HandshakeAsync(1, ""), static c => c.EndAsync()),
    ];

    private static IEnumerable<SaslCase> Order() =>
    [
        new(KafkaPort.Users, "a request before the handshake", "closed", static c => c.MetadataAsync()),
        new(KafkaPort.Users, "a request after ApiVersions", "0; closed", static c => c.VersionsAsync(), static c => c.MetadataAsync()),
        new(KafkaPort.Users, "SaslAuthenticate before the handshake", "closed", static c => c.AuthenticateAsync(1, s_alice)),
        new(KafkaPort.Users, "ApiVersions twice", "0; closed", static c => c.VersionsAsync(), static c => c.VersionsAsync()),
        new(KafkaPort.Users, "ApiVersions again after a name that cannot be", "42; 0; 0 PLAIN", static c => c.VersionsAsync(3, "-"),
            static c => c.VersionsAsync(3), static c => c.HandshakeAsync(1)),
        new(KafkaPort.Users, "the handshake twice", "0 PLAIN; 34; closed", static c => c.HandshakeAsync(1), static c => c.HandshakeAsync(1),
            static c => c.EndAsync()),
        new(KafkaPort.Users, "a bare token after version 1", "0 PLAIN; closed", static c => c.HandshakeAsync(1),
            static c => c.TokenAsync(s_alice)),
        new(KafkaPort.Users, "SaslAuthenticate after version 0", "0 PLAIN; closed", static c => c.HandshakeAsync(0),
            static c => c.AuthenticateAsync(1, s_alice)),
        new SaslCase(KafkaPort.Users, "ApiVersions after the handshake", "0 PLAIN; 34; closed", static c => c.HandshakeAsync(1),
            static c => c.VersionsAsync(), static c => c.EndAsync()).Differs("0 PLAIN; closed", Unsent),
        new SaslCase(KafkaPort.Users, "a request after the handshake", "0 PLAIN; 0 broker; closed", static c => c.HandshakeAsync(1),
            static c => c.MetadataAsync(), static c => c.EndAsync()).Differs("0 PLAIN; closed", Unsent),
    ];

    private static IEnumerable<SaslCase> Limits() =>
    [
        new(KafkaPort.Users, "a frame above 512 KiB before anybody is through", "sent; closed", static c => c.SendAsync(0, 8, 0, 1),
            static c => c.EndAsync()),
        new(KafkaPort.Users, "a frame above 512 KiB after the handshake", "0 PLAIN; sent; closed", static c => c.HandshakeAsync(1),
            static c => c.SendAsync(0, 8, 0, 1), static c => c.EndAsync()),
        new(KafkaPort.Users, "an empty frame", "sent; closed", static c => c.SendAsync(0, 0, 0, 0), static c => c.EndAsync()),
        new(KafkaPort.Users, "a frame of one byte", "sent; closed", static c => c.SendAsync(0, 0, 0, 1, 0), static c => c.EndAsync()),
        new(KafkaPort.Users, "a handshake in a version to come", "sent; closed",
            static c => c.SendAsync(0, 0, 0, 17, 0, 17, 0, 2, 0, 0, 0, 1, 255, 255, 0, 5, (byte)'P', (byte)'L', (byte)'A', (byte)'I',
                (byte)'N'), static c => c.EndAsync()),
    ];

    private static IEnumerable<SaslCase> Again() =>
    [
        Session("once more, at once", "0 PLAIN; 0 for 3600000 ms; 1 broker", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync(1, s_alice), static c => c.MetadataAsync()),
        Session("once more, by a bare token", "0 PLAIN; token ''; 1 broker", static c => c.HandshakeAsync(0),
            static c => c.TokenAsync(s_alice), static c => c.MetadataAsync()),
        Session("twice within a second", "0 0 34 34; 1 broker", static c => c.TwiceAtOnceAsync(s_alice), static c => c.MetadataAsync()),
        Session("as another", "0 PLAIN; 58 Cannot change principals during re-authentication from User.alice: User.bob; closed",
            static c => c.HandshakeAsync(1), static c => c.AuthenticateAsync("bob", "bob-secret"), static c => c.EndAsync()),
        Session("with a wrong password", $"0 PLAIN; {Wrong}; closed", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync("alice", "x"), static c => c.EndAsync()),
        Session("with a token of one part", "0 PLAIN; 58 Invalid SASL/PLAIN response: expected 3 tokens, got 1; closed",
            static c => c.HandshakeAsync(1), static c => c.AuthenticateAsync(1, s_alice[1..6]), static c => c.EndAsync()),
        Session("without a handshake", $"{Late}; 1 broker", static c => c.AuthenticateAsync(1, s_alice), static c => c.MetadataAsync()),
        Session("a request after the handshake", "0 PLAIN; 0 broker; closed", static c => c.HandshakeAsync(1),
            static c => c.MetadataAsync(), static c => c.EndAsync()).Differs("0 PLAIN; 0 for 3600000 ms; 0 PLAIN; closed", Unsent),
        Session("by another mechanism", "closed", static c => c.HandshakeAsync(1, "OTHER"), static c => c.EndAsync()).Differs(
            "0 PLAIN; 0 for 3600000 ms; 33 PLAIN; closed", "a client learns why"),
        new(KafkaPort.ShortSessions, "a session that is over", "0 PLAIN; 0 for 1 ms; closed", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync(1, s_alice), static c => c.MetadataUntilClosedAsync()),
        new(KafkaPort.ShortSessions, "a session that is over, of who could not know", "0 PLAIN; 0; closed", static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync(0, s_alice), static c => c.MetadataUntilClosedAsync()),
        new(KafkaPort.ShortSessions, "a session that is over, after a bare token", "0 PLAIN; token ''; closed",
            static c => c.HandshakeAsync(0), static c => c.TokenAsync(s_alice), static c => c.MetadataUntilClosedAsync()),
        new(KafkaPort.ShortSessions, "once more, whether the session is over or not", "0 PLAIN; 0 for 1 ms; 0 PLAIN; 0 for 1 ms",
            static c => c.HandshakeAsync(1), static c => c.AuthenticateAsync(1, s_alice), static c => c.HandshakeAsync(1),
            static c => c.AuthenticateAsync(1, s_alice)),
    ];

    private static SaslCase Fails(string name, string kafka, byte[] token) =>
        new(KafkaPort.Users, name, $"0 PLAIN; {kafka}; closed", static c => c.HandshakeAsync(1), c => c.AuthenticateAsync(1, token),
            static c => c.EndAsync());

    private static SaslCase Session(string name, string kafka, params Func<SaslClient, Task<string>>[] steps) =>
        new(KafkaPort.Sessions, $"again: {name}", $"0 PLAIN; 0 for 3600000 ms; {kafka}",
            [static c => c.HandshakeAsync(1), static c => c.AuthenticateAsync(1, s_alice), .. steps]);
}
