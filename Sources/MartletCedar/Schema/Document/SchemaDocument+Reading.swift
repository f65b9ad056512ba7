extension SchemaDocument {
    /// Reads schema text; names are not looked up yet.
    public init(text: [UInt8], limits: SchemaLimits = SchemaLimits()) throws(SchemaError) {
        self = try SchemaParser.parse(text, limits: limits)
    }

    /// Reads a JSON schema; names are not looked up yet.
    public init(json: [UInt8], limits: SchemaLimits = SchemaLimits()) throws(SchemaError) {
        self = try SchemaJSONReader.read(json, limits: limits)
    }
}
