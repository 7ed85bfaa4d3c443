// Owns: the types of JSON in the code shown in docs/.

using System.Text.Json.Serialization;

namespace TinyHost.EndToEnd;

[JsonSerializable(typeof(int))]
internal sealed partial class Json : JsonSerializerContext;
