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

    /// <summary>Waits until every number has been seen, and no longer than any machine needs: what is missing then is lost.</summary>
    public async Task AllAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _all.Task.WaitAsync(TimeSpan.FromMinutes(3), cancellationToken);
        }
        catch (TimeoutException)
        {
            var missing = Enumerable.Range(0, count).Except(_seen.Keys).ToList();
            await enough.CancelAsync();
            Assert.Fail($"{missing.Count} of {count} were never seen, from {missing[0]} to {missing[^1]}.");
        }
    }

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
