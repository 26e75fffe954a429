using System.Buffers;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Security;

namespace CloudStream.Kafka.Connections;

/// <summary>Begins the requests of one connection, one at a time, in their order. Used by the loop that receives alone.</summary>
internal sealed partial class RequestIntake(
    KafkaFace face, HandlerTable handlers, LogLimit logLimit, ConnectionInfo info, AnswerQueue answers, CancellationToken ending)
{
    private readonly List<Task> _unsettled = [];

    /// <summary>
    /// Begins the request in <paramref name="frame"/>, which is no longer needed afterwards. False when the connection cannot go on.
    /// </summary>
    public async ValueTask<bool> BeginAsync(ReadOnlySequence<byte> frame)
    {
        var authentication = info.Authentication;
        if (authentication?.Admit(frame) is { } admission and not Admission.Request)
            return admission == Admission.Token ? await TakeTokenAsync(authentication, frame) : Refuse(admission);
        var read = RequestFrame.Read(frame);
        if (read.Outcome == RequestOutcome.Malformed)
            return Refuse(read);
        var header = read.Header;
        if (read.Request is not { } request || handlers[header.ApiKey, header.ApiVersion] is not { } handler)
            return await RefuseVersionAsync(header);
        var api = KafkaApis.Get(handler.Key);
        face.Metrics.Request(api, frame.Length);
        if (handler.Order == RequestOrder.InTurn)
            await SettleAsync();
        var pending = await StartAsync(
            handler, api, request, new RequestContext(info, header.ApiVersion, header.ClientId, EndingOf(handler)));
        if (handler.Key == ApiKey.Produce && !pending.IsReady)
            Remember(pending.Settled);
        await answers.AddAsync(new Answer(api, header.ApiVersion, header.CorrelationId, pending));
        return authentication is null || GoesOn(authentication);
    }

    // What a client has sent is done, also when it has hung up right after (acks=0): only what waits for others ends with it.
    private CancellationToken EndingOf(KafkaHandler handler) =>
        handler.Order == RequestOrder.InTurn || handler.Key == ApiKey.Produce ? CancellationToken.None : ending;

    // What a handler throws waits for its place in the line of answers, where it ends the connection.
    private async ValueTask<PendingAnswer> StartAsync(KafkaHandler handler, KafkaApi api, KafkaRequest request, RequestContext context)
    {
        try
        {
            return await handler.BeginAsync(request, context);
        }
        catch (Exception e)
        {
            if (e is not OperationCanceledException)
            {
                face.Metrics.Failed(api);
                KafkaLog.RequestFailed(face.Logger, e, api.Name, context.Version);
            }

            return new PendingAnswer(Task.FromException<KafkaResponse?>(new IOException("the request failed", e)));
        }
    }

    private void Remember(Task append)
    {
        _unsettled.RemoveAll(static t => t.IsCompleted);
        _unsettled.Add(append);
    }

    private async ValueTask SettleAsync()
    {
        foreach (var append in _unsettled)
            await append.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _unsettled.Clear();
    }

    private bool Refuse(in RequestFrame read)
    {
        face.Metrics.Cut("malformed");
        if (logLimit.Take())
            KafkaLog.Malformed(face.Logger, info.Peer, read.Header, read.Failure);
        return false;
    }

    private async ValueTask<bool> RefuseVersionAsync(RequestHeader header)
    {
        if (header.ApiKey == (short)ApiKey.ApiVersions && handlers[header.ApiKey] is ApiVersionsHandler versions)
        {
            await answers.AddAsync(
                new Answer(KafkaApis.Get(ApiKey.ApiVersions), 0, header.CorrelationId, new PendingAnswer(versions.Unsupported)));
            return true;
        }

        face.Metrics.Cut("version");
        if (logLimit.Take())
            KafkaLog.Unsupported(face.Logger, info.Peer, header.ApiKey, header.ApiVersion);
        return false;
    }
}
