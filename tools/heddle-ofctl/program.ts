export const PROGRAM = 'heddle-ofctl'
