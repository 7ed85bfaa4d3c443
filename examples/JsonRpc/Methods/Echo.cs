// Owns: the method echo.
// Does not own: anything else.

namespace JsonRpc.Methods;

internal static class Echo
{
    /// <summary><c>echo</c>: any params → the same, octet by octet; none → null.</summary>
    public static ValueTask<RpcError?> Call(RpcCall call)
    {
        if (!call.Params.IsEmpty)
        {
            call.Result.WriteRawValue(call.Params.Span, skipInputValidation: true);    // Checked when the message was read.
        }

        return default;
    }
}
