namespace CloudStream.Storage.Faults;

/// <summary>A call about to be made, for a script to judge.</summary>
/// <param name="Operation">What is called.</param>
/// <param name="Name">The object, register or prefix; the first name of a delete of many objects, empty when there is none.</param>
public readonly record struct StoreCall(StoreOperation Operation, string Name);

/// <summary>The methods of both stores.</summary>
public enum StoreOperation
{
    /// <summary>A put of an object or a register.</summary>
    Put,

    /// <summary>A read of a register or of an object's range.</summary>
    Get,

    /// <summary>A question for an object's size.</summary>
    GetSize,

    /// <summary>A list.</summary>
    List,

    /// <summary>A delete.</summary>
    Delete,
}

/// <summary>
/// Says what happens to a call. It may also wait (a slow store) or throw (a failure of any other kind) before anything takes effect.
/// </summary>
public delegate ValueTask<StoreFault> StoreFaultScript(StoreCall call, CancellationToken cancellationToken);
