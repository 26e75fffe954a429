namespace CloudStream.Log.Runtime;

/// <summary>
/// Combinators (<c>WhenAny</c>, <c>WaitAsync</c>) over a completion source that runs its continuations asynchronously, or over a delay that
/// is cancelled, go through the thread pool, whatever context their caller awaits them in. Under a context, the simulation's, they are put
/// over this instead; a server has none and pays nothing.
/// </summary>
internal static class CapturedContext
{
    /// <summary>The same outcome, completed on the caller's context if there is one.</summary>
    public static Task OnContext(this Task task) => SynchronizationContext.Current is null ? task : ResumeAsync(task);

    /// <summary>The same outcome, completed on the caller's context if there is one.</summary>
    public static Task<T> OnContext<T>(this Task<T> task) => SynchronizationContext.Current is null ? task : ResumeAsync(task);

    private static async Task ResumeAsync(Task task) => await task;

    private static async Task<T> ResumeAsync<T>(Task<T> task) => await task;
}
