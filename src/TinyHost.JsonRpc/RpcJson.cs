// Owns: the JSON types that the library itself reads and writes.

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace TinyHost.JsonRpc;

[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class RpcJson : JsonSerializerContext;
