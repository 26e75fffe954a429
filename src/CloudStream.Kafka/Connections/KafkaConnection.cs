using System.Buffers;
using System.IO.Pipelines;
using CloudStream.Cluster.Faces;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Requests;
using CloudStream.Log.Memory;
using Microsoft.AspNetCore.Connections;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// One client: cuts what it sends into requests, begins them one after the other (<see cref="RequestIntake"/>) and leaves the answers to
/// its <see cref="AnswerQueue"/>. Ends when the client does, when it breaks the protocol, when it is idle for too long, or when the server
/// stops; what was begun is finished first.
/// </summary>
internal sealed class KafkaConnection : IDisposable
{
    // Not more than the pipe holds before it stops its writer: while more is waited for it would not stop.
    private const int MaxWantedBytes = SocketBlocks.ReadAheadBytes;

    private readonly KafkaFace _face;
    private readonly ConnectionContext _transport;
    private readonly ConnectionInfo _info;
    private readonly LogLimit _logLimit;
    private readonly AnswerQueue _answers;
    private readonly SendProgress _progress;
    private readonly RequestIntake _intake;
    private readonly CancellationTokenSource _ending;
    private FrameMemory? _memory;
    private long _lastReceived;
    private bool _isEnding;

    public KafkaConnection(KafkaFace face, HandlerTable handlers, LogLimit logLimit, ConnectionContext transport, ConnectionInfo info,
        IAnswerSink sink, SendProgress progress)
    {
        (_face, _logLimit, _transport, _info, _progress) = (face, logLimit, transport, info, progress);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(transport.ConnectionClosed);
        _answers = new AnswerQueue(face, sink);
        _intake = new RequestIntake(face, handlers, logLimit, info, _answers, _ending.Token);
        _lastReceived = face.Time.GetTimestamp();
    }

    private PipeReader Input => _transport.Transport.Input;

    private int MaxRequestBytes =>
        _info.Authentication is { IsDone: false } ? _face.Options.MaxAuthenticationBytes : _face.Options.MaxRequestBytes;

    /// <summary>Serves the client until the end.</summary>
    public async Task RunAsync()
    {
        var sending = _answers.RunAsync(Break);
        try
        {
            await ReceiveAsync();
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            KafkaLog.Broke(_face.Logger, e, _info.Peer);
        }
        finally
        {
            _answers.Complete();
            await sending;
        }
    }

    /// <summary>Takes no more requests, and lets those that wait end now.</summary>
    public void Stop()
    {
        EndReceiving();
        _ending.Cancel();
    }

    /// <summary>Ends the connection if nothing has happened on it for too long, or its client takes nothing.</summary>
    public void CheckProgress()
    {
        var (time, options) = (_face.Time, _face.Options);
        if (_progress.HasStalled(_answers.Sends, options.MaxSendStall))
        {
            _face.Metrics.Cut("slow");
            if (_logLimit.Take())
                KafkaLog.SlowReader(_face.Logger, _info.Peer, options.MaxSendStall);
            _transport.Abort(new ConnectionAbortedException("the client takes nothing of its answer"));
        }
        else if (_info.Authentication is { IsOverdue: true })
        {
            _face.Metrics.Cut("authentication");
            if (_logLimit.Take())
                KafkaLog.NotAuthenticated(_face.Logger, _info.Peer, options.MaxAuthentication);
            _transport.Abort(new ConnectionAbortedException("the client does not authenticate"));
        }
        else if (_memory is { IsDue: true })
        {
            // Only the loop that receives knows how much is here.
            Input.CancelPendingRead();
        }
        else if (_answers.IsIdle && _memory is not { IsWaiting: true }
            && time.GetElapsedTime(Volatile.Read(ref _lastReceived)) > options.MaxIdle)
        {
            _face.Metrics.Cut("idle");
            EndReceiving();
        }
    }

    public void Dispose()
    {
        _memory?.Dispose();
        _ending.Dispose();
    }

    private void EndReceiving()
    {
        Volatile.Write(ref _isEnding, true);
        Input.CancelPendingRead();
    }

    private async Task ReceiveAsync()
    {
        var needed = RequestFraming.SizeBytes;
        while (true)
        {
            var read = await Input.ReadAtLeastAsync(needed);
            Volatile.Write(ref _lastReceived, _face.Time.GetTimestamp());
            if (read.IsCanceled && Volatile.Read(ref _isEnding))
                return;
            needed = await TakeAsync(read.Buffer, read.IsCompleted);
            if (needed < 0)
                return;
        }
    }

    // Begins the requests that are here. How many more bytes to wait for; 0 to look again at once, and below 0 when nothing is taken any
    // more.
    private async ValueTask<int> TakeAsync(ReadOnlySequence<byte> buffer, bool isCompleted)
    {
        int size, needed;
        while (RequestFraming.TryTake(ref buffer, MaxRequestBytes, out var frame, out size, out needed))
        {
            if (!await _intake.BeginAsync(frame))
                return -1;
            if (_memory is not { IsHeld: true })
                continue;

            // Before the next request is looked at, which may take long.
            Input.AdvanceTo(buffer.Start);
            _memory.GiveBack();
            return 0;
        }

        if (needed < 0)
        {
            RefuseSize(size);
            return -1;
        }

        if (isCompleted || !ComesOn(buffer.Length))
            return -1;

        // While it waits for its turn the server reads on until it has read ahead as far as it may.
        if (needed > TransferBudget.SmallBytes)
        {
            _memory ??= new FrameMemory(_face);
            await _memory.TakeAsync(needed, buffer.Length, _ending.Token);
            Volatile.Write(ref _lastReceived, _face.Time.GetTimestamp());
        }

        // ReadAtLeastAsync of a pipe counts what was not examined yet.
        Input.AdvanceTo(buffer.Start, buffer.End);
        return (int)Math.Min(needed - buffer.Length, MaxWantedBytes);
    }

    private bool ComesOn(long received)
    {
        if (_memory is null || _memory.HasProgress(received))
            return true;
        _face.Metrics.Cut("stalled");
        if (_logLimit.Take())
            KafkaLog.Stalled(_face.Logger, _info.Peer, TransferBudget.ProgressBytes, _face.Options.MaxReceiveStall);
        return false;
    }

    private void RefuseSize(int size)
    {
        _face.Metrics.Cut(TlsHandshakes.IsTls(size) ? "tls" : "size");
        if (!_logLimit.Take())
            return;
        if (TlsHandshakes.IsTls(size))
            KafkaLog.NotPlain(_face.Logger, _info.Peer);
        else
            KafkaLog.RequestTooLarge(_face.Logger, _info.Peer, size, MaxRequestBytes);
    }

    // An answer that cannot be made or sent: the loop that receives learns of it this way.
    private void Break(Exception e)
    {
        if (e is IOException or OperationCanceledException)
            KafkaLog.Broke(_face.Logger, e, _info.Peer);
        else
            KafkaLog.ConnectionFailed(_face.Logger, e, _info.Peer);
        // What was answered before one that cannot be made is perhaps still on its way out through the pipe.
        if (_answers.HasFailedToSend)
            _transport.Abort(new ConnectionAbortedException("answers cannot be sent", e));
        Stop();
    }
}
