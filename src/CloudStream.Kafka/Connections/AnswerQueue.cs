using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// The answers of one connection on their way out, in the order of the requests, bounded in number. One adds, one loop sends; whoever
/// completes the answer that is next also sends it, so that a short answer costs no change of thread.
/// </summary>
internal sealed class AnswerQueue
{
    // Answers that are ready go out together up to this.
    private const int GatherBytes = 64 * 1024;

    private readonly KafkaFace _face;
    private readonly IAnswerSink _sink;
    private readonly Channel<Answer> _answers;
    private readonly List<IDisposable> _owners = [];
    private int _inProgress;
    private long _sends;

    // Of the answers that are being gathered: their number, and the bytes of those that are written.
    private int _taken;
    private long _whole;

    public AnswerQueue(KafkaFace face, IAnswerSink sink)
    {
        (_face, _sink) = (face, sink);
        _answers = Channel.CreateBounded<Answer>(new BoundedChannelOptions(face.Options.MaxRequestsInFlight)
        {
            SingleReader = true,
            SingleWriter = true,
            AllowSynchronousContinuations = true,
        });
    }

    /// <summary>Whether every request is answered.</summary>
    public bool IsIdle => Volatile.Read(ref _inProgress) == 0;

    /// <summary>Counts the beginnings and the ends of sends: odd while the client is waited for.</summary>
    public long Sends => Volatile.Read(ref _sends);

    /// <summary>Whether something could not be sent: the client is gone, or cut off.</summary>
    public bool HasFailedToSend { get; private set; }

    /// <summary>Adds the next answer; waits while too many are in progress.</summary>
    public ValueTask AddAsync(Answer answer)
    {
        Interlocked.Increment(ref _inProgress);
        return _answers.Writer.WriteAsync(answer);
    }

    /// <summary>No more answers come.</summary>
    public void Complete() => _answers.Writer.TryComplete();

    /// <summary>
    /// The loop; ends when all answers are sent. When one cannot be, <paramref name="broken"/> is told, and the rest are waited for and
    /// dropped.
    /// </summary>
    public async Task RunAsync(Action<Exception> broken)
    {
        using var writer = new WireWriter();
        try
        {
            while (await _answers.Reader.WaitToReadAsync())
            {
                while (_answers.Reader.TryRead(out var answer))
                    await SendAsync(writer, answer);
            }
        }
        catch (Exception e)
        {
            broken(e);
            await DropAllAsync();
        }
    }

    private async ValueTask SendAsync(WireWriter writer, Answer answer)
    {
        (_taken, _whole) = (0, 0);
        try
        {
            var fault = await GatherAsync(writer, answer);
            if (_whole > 0)
                await SendAsync(writer, _whole);
            fault?.Throw();
        }
        finally
        {
            Forget(writer);
            Interlocked.Add(ref _inProgress, -_taken);
        }
    }

    // Where an answer cannot be made, those before it tell of what has happened, of records that are stored for example: they go out all
    // the same.
    private async ValueTask<ExceptionDispatchInfo?> GatherAsync(WireWriter writer, Answer answer)
    {
        try
        {
            while (true)
            {
                _taken++;
                if (await answer.Pending.Response is { } response)
                    Write(writer, answer, response);
                _whole = writer.Length;
                if (_whole >= GatherBytes || !_answers.Reader.TryPeek(out var next) || !next.Pending.IsReady)
                    return null;
                _answers.Reader.TryRead(out answer);
            }
        }
        catch (Exception e)
        {
            return ExceptionDispatchInfo.Capture(e);
        }
    }

    private void Write(WireWriter writer, Answer answer, KafkaResponse response)
    {
        if (response.Owner is { } owner)
            _owners.Add(owner);
        if (answer.CorrelationId is { } correlationId)
            ResponseFrame.Write(writer, correlationId, response, answer.Version);
        else
            ResponseFrame.WriteBare(writer, ((SaslAuthenticateResponse)response).AuthBytes);
    }

    private async ValueTask SendAsync(WireWriter writer, long bytes)
    {
        Interlocked.Increment(ref _sends);
        try
        {
            await _sink.SendAsync(writer.Complete().Slice(0, bytes));
            _face.Metrics.Sent(bytes);
        }
        catch
        {
            HasFailedToSend = true;
            throw;
        }
        finally
        {
            Interlocked.Increment(ref _sends);
        }
    }

    private void Forget(WireWriter writer)
    {
        writer.Reset();
        foreach (var owner in _owners)
            owner.Dispose();
        _owners.Clear();
    }

    private async Task DropAllAsync()
    {
        while (await _answers.Reader.WaitToReadAsync())
        {
            while (_answers.Reader.TryRead(out var answer))
                await DropAsync(answer);
        }
    }

    private async ValueTask DropAsync(Answer answer)
    {
        try
        {
            (await answer.Pending.Response)?.Owner?.Dispose();
        }
        catch (Exception e)
        {
            // The connection is broken already; this tells of another defect, or of a wait that ended with it.
            if (e is not OperationCanceledException)
                KafkaLog.RequestFailed(_face.Logger, e, answer.Api.Name, answer.Version);
        }
        finally
        {
            Interlocked.Decrement(ref _inProgress);
        }
    }
}
