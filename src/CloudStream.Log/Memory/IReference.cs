namespace CloudStream.Log.Memory;

/// <summary>A counted reference to shared, immutable bytes.</summary>
internal interface IReference
{
    /// <summary>Lets go; the bytes must not be touched afterwards.</summary>
    void Release();
}
