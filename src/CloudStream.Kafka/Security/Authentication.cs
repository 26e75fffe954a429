using System.Buffers;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Users;

namespace CloudStream.Kafka.Security;

/// <summary>
/// One connection's way from ApiVersions through SaslHandshake to a proven name, and again when its session ends (KIP-368); the order and
/// every answer are Kafka's. Used by the loop that receives alone, but for what is asked by the timer that ends stuck connections.
/// </summary>
internal sealed class Authentication(KafkaOptions options, KafkaUsers users, TimeProvider time, CancellationToken ending)
{
    public const string Mechanism = "PLAIN";

    // As in Kafka: who asks more often is told that it is not the time for it.
    private static readonly TimeSpan s_leastBetweenTwo = TimeSpan.FromSeconds(1);

    private volatile AuthenticationStep _step;
    private volatile KafkaPrincipal? _proven;
    private readonly long _began = time.GetTimestamp();
    private long? _beganAgain;
    private long _provenAt;

    /// <summary>Who the client is.</summary>
    public KafkaPrincipal Principal => _proven ?? KafkaPrincipal.Anonymous;

    /// <summary>Whether it has proved it, and is not just proving it again.</summary>
    public bool IsDone => _step == AuthenticationStep.Done;

    /// <summary>Why it could not, with nothing of what it sent as a password; null otherwise.</summary>
    public string? Failure { get; private set; }

    /// <summary>
    /// Whether a stranger has been at it for longer than he may. Who authenticates again is none, and may have to wait for answers that are
    /// due before.
    /// </summary>
    public bool IsOverdue => _proven is null && time.GetElapsedTime(_began) > options.MaxAuthentication;

    /// <summary>What becomes of the next frame. One comparison on a connection that is through and whose session has no end.</summary>
    public Admission Admit(in ReadOnlySequence<byte> frame)
    {
        if (_step == AuthenticationStep.Done && options.MaxSession is null)
            return Admission.Request;
        var api = ApiOf(frame);
        return _step switch
        {
            AuthenticationStep.Done => AdmitToSession(api),
            AuthenticationStep.Begun when api is ApiKey.ApiVersions or ApiKey.SaslHandshake => Admission.Request,
            AuthenticationStep.VersionsKnown when api == ApiKey.SaslHandshake => Admission.Request,
            AuthenticationStep.Agreed when api is ApiKey.SaslAuthenticate or ApiKey.SaslHandshake => Admission.Request,
            AuthenticationStep.AgreedBare => Admission.Token,
            _ => Admission.OutOfTurn,
        };
    }

    /// <summary>The client has been told the versions.</summary>
    public void TellVersions()
    {
        if (_step == AuthenticationStep.Begun)
            _step = AuthenticationStep.VersionsKnown;
    }

    /// <summary>Agrees on the mechanism.</summary>
    public async ValueTask<KafkaError> HandshakeAsync(string mechanism, short version)
    {
        if (_step == AuthenticationStep.Done)
            return KafkaError.IllegalSaslState;
        var error = _step == AuthenticationStep.Agreed ? KafkaError.IllegalSaslState
            : mechanism != Mechanism ? KafkaError.UnsupportedSaslMechanism
            : KafkaError.None;
        if (error == KafkaError.None)
            _step = version == 0 ? AuthenticationStep.AgreedBare : AuthenticationStep.Agreed;
        else
            await FailAsync(error == KafkaError.IllegalSaslState
                ? "it asks for a mechanism twice"
                : $"it wants another mechanism than {Mechanism}");
        return error;
    }

    /// <summary>Judges what the client says of itself. Null when it is through; what it is told otherwise, after a while.</summary>
    public async ValueTask<string?> ProveAsync(ReadOnlyMemory<byte> token)
    {
        var told = await JudgeAsync(token);
        if (told is not null)
        {
            await FailAsync(told);
            return told;
        }

        _provenAt = time.GetTimestamp();
        _step = AuthenticationStep.Done;
        return null;
    }

    private async ValueTask<string?> JudgeAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!PlainToken.TryRead(bytes.Span, out var token, out var fault))
            return fault;
        if (!await users.VerifyAsync(token.Name, token.Password, ending))
            return "Authentication failed: Invalid username or password";
        if (token.ActsFor.Length > 0 && token.ActsFor != token.Name)
            return "Authentication failed: Client requested an authorization id that is different from username";
        if (_proven is not null && _proven.Name != token.Name)
            return $"Cannot change principals during re-authentication from User.{_proven.Name}: User.{token.Name}";
        _proven ??= new KafkaPrincipal(token.Name);
        return null;
    }

    // The answer comes late, too, so that guessing takes time.
    private async ValueTask FailAsync(string why)
    {
        Failure = why;
        _step = AuthenticationStep.Failed;
        await Task.Delay(options.FailedAuthenticationDelay, time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Admission AdmitToSession(ApiKey? api)
    {
        if (api == ApiKey.SaslHandshake && (_beganAgain is not { } before || time.GetElapsedTime(before) >= s_leastBetweenTwo))
        {
            _beganAgain = time.GetTimestamp();
            _step = AuthenticationStep.VersionsKnown;
            return Admission.Request;
        }

        return time.GetElapsedTime(_provenAt) > options.MaxSession ? Admission.Expired : Admission.Request;
    }

    private static ApiKey? ApiOf(in ReadOnlySequence<byte> frame)
    {
        var reader = new SequenceReader<byte>(frame);
        return reader.TryReadBigEndian(out short key) ? (ApiKey)key : null;
    }
}
