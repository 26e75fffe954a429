using CloudStream.Http.Problems;
using CloudStream.Log.Memory;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Requests;

/// <summary>
/// Whether a body comes on that holds memory others wait for: judged by bytes, not by whether anything comes. Not thread-safe, but for its
/// timer.
/// </summary>
internal sealed class BodyProgress : IDisposable
{
    /// <summary>At least so much comes in time, or the body is given up.</summary>
    public const int Bytes = TransferBudget.ProgressBytes;

    private readonly TimeSpan _stall;
    private readonly CancellationTokenSource _ends;
    private readonly ITimer _timer;
    private long _received;
    private long _marked;
    private bool _isStalled;

    public BodyProgress(TimeSpan stall, TimeProvider time, CancellationToken ends)
    {
        _stall = stall;
        _ends = CancellationTokenSource.CreateLinkedTokenSource(ends);
        _timer = time.CreateTimer(static p => ((BodyProgress)p!).Look(), this, stall, stall);
    }

    /// <summary>Signalled when the body does not come on, or its reading ends for another reason.</summary>
    public CancellationToken Ends => _ends.Token;

    /// <summary>Whether the body did not come on.</summary>
    public bool IsStalled => Volatile.Read(ref _isStalled);

    /// <summary>What its sender is told.</summary>
    public Problem Problem => new(
        StatusCodes.Status408RequestTimeout, "request-timeout", "The request body came too slowly",
        $"Fewer than {Bytes} bytes of the request body came within {_stall.TotalSeconds:0.###} s; it holds memory that others wait for.");

    /// <summary>Notes what came.</summary>
    public void Received(long bytes) => Interlocked.Add(ref _received, bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _ends.Dispose();
    }

    private void Look()
    {
        var received = Interlocked.Read(ref _received);
        if (received - _marked >= Bytes)
        {
            _marked = received;
            return;
        }

        Volatile.Write(ref _isStalled, true);
        try
        {
            _ends.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The body has just come to its end.
        }
    }
}
