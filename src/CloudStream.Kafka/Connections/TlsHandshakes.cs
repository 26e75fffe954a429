using CloudStream.Kafka.Face;
using Microsoft.AspNetCore.Connections;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// Stands before and behind the server's TLS, which keeps to itself why a client did not get through: says it in the log, and ends clients
/// at once that plainly do not speak TLS. Thread-safe.
/// </summary>
internal sealed class TlsHandshakes(KafkaFace face, LogLimit logLimit)
{
    /// <summary>The type of the record with which TLS begins (RFC 8446, section 5.1).</summary>
    private const byte HandshakeRecord = 0x16;

    // As long as the server waits for the handshake itself.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What a plain request's size would be that begins with a TLS handshake: record type, and the version that all clients write.
    /// </summary>
    public static bool IsTls(int size) => size >> 16 == 0x1603;

    /// <summary>Before the handshake.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => async connection =>
    {
        var first = await FirstByteAsync(connection);
        if (first == HandshakeRecord)
            await next(connection);

        // Who sends nothing has only looked whether anybody is there.
        if (first is null || connection.Items.ContainsKey(this))
            return;
        face.Metrics.Cut("tls");
        if (!logLimit.Take())
            return;
        if (first == HandshakeRecord)
            KafkaLog.NoHandshake(face.Logger, connection.RemoteEndPoint);
        else
            KafkaLog.NotTls(face.Logger, connection.RemoteEndPoint);
    };

    /// <summary>Behind the handshake: only who got through comes here.</summary>
    public ConnectionDelegate Behind(ConnectionDelegate next) => connection =>
    {
        connection.Items[this] = true;
        return next(connection);
    };

    private async ValueTask<byte?> FirstByteAsync(ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(s_patience, face.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, connection.ConnectionClosed);
        try
        {
            var input = connection.Transport.Input;
            var read = await input.ReadAsync(ending.Token);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return null;
        }
    }
}
