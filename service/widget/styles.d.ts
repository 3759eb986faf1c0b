/** The text of widget.css, put before the parts when the script is assembled. */
declare const STYLES: string;
