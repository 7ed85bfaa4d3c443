// Owns: marking a parameter that callers do not send.

namespace TinyHost.JsonRpc;

/// <summary>
/// Marks a parameter of a typed method that comes from the request's services. Needed where the type could as well be sent as JSON: it has
/// a public constructor without parameters and properties that can be set, is a record or a struct, or a serializer context lists it.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class JsonRpcServiceAttribute : Attribute;
