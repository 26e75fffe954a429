namespace CloudStream.Log.Memory;

/// <summary>Where native memory comes from and goes back to.</summary>
internal interface INativeMemory
{
    /// <summary>Takes memory back. Any thread, also the collector's.</summary>
    void Release(nint address, int length);
}
