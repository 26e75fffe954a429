using System.Net;
using System.Net.Sockets;
using CloudStream.Cluster.Faces;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Security;
using CloudStream.Log.Memory;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace CloudStream.Kafka.Connections;

/// <summary>Takes the server's connections, with TLS or without.</summary>
internal sealed class KafkaConnectionHandler(
    KafkaFace face, HandlerTable handlers, OpenConnections<KafkaConnection> open, LogLimit logLimit) : ConnectionHandler
{
    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        face.Metrics.Opened();
        try
        {
            await ServeAsync(connection);
        }
        finally
        {
            face.Metrics.Closed();
        }
    }

    private async Task ServeAsync(ConnectionContext connection)
    {
        var local = connection.LocalEndPoint is IPEndPoint end ? HostPort.Of(end) : default;
        var authentication = face.Options.Users is { } users
            ? new Authentication(face.Options, users, face.Time, connection.ConnectionClosed)
            : null;
        var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        var sink = SinkOf(connection, socket);
        var info = new ConnectionInfo(connection.RemoteEndPoint, local, authentication)
        {
            Answers = new ByteBudget(face.Options.MaxAnswerBytes),
            TakesFiles = sink.TakesFiles,
        };
        using var served = new KafkaConnection(face, handlers, logLimit, connection, info, sink, new SendProgress(face.Time, socket));
        open.Add(served);
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        try
        {
            await using var registration = stopping.UnsafeRegister(static c => ((KafkaConnection)c!).Stop(), served);
            await served.RunAsync();
        }
        finally
        {
            open.Remove(served);
        }
    }

    private static IAnswerSink SinkOf(ConnectionContext connection, Socket? socket) =>
        socket is not null && connection.Features.Get<ITlsHandshakeFeature>() is null
            ? new SocketSink(socket)
            : new PipeSink(connection.Transport.Output);
}
