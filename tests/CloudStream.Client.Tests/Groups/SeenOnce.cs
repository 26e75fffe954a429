using System.Collections.Concurrent;

namespace CloudStream.Client.Tests.Groups;

/// <summary>
/// Which of the numbers from 0 on have been seen, by several readers, who are told when it is enough; some may be seen twice.
/// </summary>
internal sealed class SeenOnce(int count, CancellationTokenSource enough)
{
    private readonly ConcurrentDictionary<int, bool> _seen = [];
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _distinct;

    /// <summary>Complete when every number has been seen.</summary>
    public Task All => _all.Task;

    public IEnumerable<int> Values => _seen.Keys.Order();

    public void Add(int number)
    {
        if (_seen.TryAdd(number, true) && Interlocked.Increment(ref _distinct) == count)
        {
            _all.TrySetResult();
            enough.Cancel();
        }
    }
}
