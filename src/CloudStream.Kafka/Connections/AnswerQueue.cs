using System.Threading.Channels;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// The answers of one connection on their way out, in the order of the requests, bounded in number and in bytes. One adds, one loop sends;
/// whoever completes the answer that is next also sends it, so that a short answer costs no change of thread.
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
    private long _sendingSince;

    public AnswerQueue(KafkaFace face, IAnswerSink sink)
    {
        (_face, _sink) = (face, sink);
        Budget = new AnswerBudget(face.Options.MaxAnswerBytes);
        _answers = Channel.CreateBounded<Answer>(new BoundedChannelOptions(face.Options.MaxRequestsInFlight)
        {
            SingleReader = true,
            SingleWriter = true,
            AllowSynchronousContinuations = true,
        });
    }

    /// <summary>Memory that answers keep alive.</summary>
    public AnswerBudget Budget { get; }

    /// <summary>Whether every request is answered.</summary>
    public bool IsIdle => Volatile.Read(ref _inProgress) == 0;

    /// <summary>Since when a send waits for the client, as a timestamp; 0 when none does.</summary>
    public long SendingSince => Volatile.Read(ref _sendingSince);

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
        var (reserved, taken) = (0L, 0);
        try
        {
            while (true)
            {
                reserved += answer.ReservedBytes;
                taken++;
                if (await answer.Pending.Response is { } response)
                    Write(writer, answer, response);
                if (writer.Length >= GatherBytes || !_answers.Reader.TryPeek(out var next) || !next.Pending.IsReady)
                    break;
                _answers.Reader.TryRead(out answer);
            }

            if (writer.Length > 0)
                await SendAsync(writer);
        }
        finally
        {
            Forget(writer);
            Settle(reserved, taken);
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

    private async ValueTask SendAsync(WireWriter writer)
    {
        Volatile.Write(ref _sendingSince, Math.Max(1, _face.Time.GetTimestamp()));
        try
        {
            await _sink.SendAsync(writer.Complete());
            _face.Metrics.Sent(writer.Length);
        }
        finally
        {
            Volatile.Write(ref _sendingSince, 0);
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
            Settle(answer.ReservedBytes, 1);
        }
    }

    private void Settle(long reserved, int answers)
    {
        Budget.Release(reserved);
        Interlocked.Add(ref _inProgress, -answers);
    }
}
